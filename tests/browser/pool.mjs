// Work side by side.

/** How many at once: a page waits for the server, the browser and us in turn, so two cores have enough to do. */
const AT_ONCE = 3;

/** Does all of it, the first first; fails as the first that fails, after all have ended. */
export async function pool(jobs) {
  const waiting = [...jobs];
  const worker = async () => {
    for (let job; (job = waiting.shift());) await job();
  };
  const ended = await Promise.allSettled(Array.from({ length: AT_ONCE }, worker));
  const failed = ended.find(({ status }) => status === 'rejected');
  if (failed) throw failed.reason;
}
