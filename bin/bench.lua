-- Events for wrk, each with a message id of its own, of people who are known and, one in twenty, of somebody new.
--   wrk … -s bin/bench.lua URL -- KEY PEOPLE SIZE [RATE]
--     PEOPLE: a file of user ids; SIZE: events of a call, 1 or more; RATE: events a second of all five connections, as many as go otherwise
-- Prints calls a second, and the milliseconds that half of them and 99 of 100 took at most.
local threads = 0
local connections = 5
function setup(thread)
  thread:set("number", threads)
  threads = threads + 1
end

function init(args)
  people, size, sent = {}, tonumber(args[3]), 0
  pause = args[4] and connections * size * 1000 / tonumber(args[4])
  -- Without a rate nothing is waited for, not even for this.
  if not pause then delay = nil end
  for id in io.lines(args[2]) do people[#people + 1] = id end
  run = string.format("%d-%d-%d", os.time(), size, number)
  math.randomseed(os.time() + number)
  wrk.method = "POST"
  wrk.headers["Authorization"] = "Bearer " .. args[1]
  wrk.headers["Content-Type"] = "application/json"
end

local function event()
  local random = math.random
  sent = sent + 1
  local user = random(20) == 1 and "new-" .. run .. "-" .. sent or people[random(#people)]
  return string.format(
    '{"type":"track","userId":"%s","event":"Bench","messageId":"%s-%d","timestamp":"%s:%02d:%02d.%03dZ",'
      .. '"properties":{"total":%d.5,"currency":"EUR","path":"/tea/%d","products":[{"sku":"T-%d","price":12.5,"quantity":2}]},'
      .. '"context":{"ip":"10.0.0.1","library":{"name":"bench","version":"1"}}}',
    user, run, sent, os.date("!%Y-%m-%dT%H", os.time() - 3600), random(0, 59), random(0, 59), random(0, 999),
    random(500), random(99), random(99))
end

-- A call takes some milliseconds, which are part of the pause.
function delay() return math.max(pause - 4, 0) end

function request()
  if size == 1 then return wrk.format(nil, "/v1/track", nil, event()) end
  local events = {}
  for place = 1, size do events[place] = event() end
  return wrk.format(nil, "/v1/batch", nil, '{"batch":[' .. table.concat(events, ",") .. "]}")
end

function done(summary, latency)
  local errors = summary.errors
  local failed = errors.connect + errors.read + errors.write + errors.status + errors.timeout
  io.write(string.format("result %.3f %.3f %.3f %d\n", summary.requests / summary.duration * 1e6,
    latency:percentile(50) / 1000, latency:percentile(99) / 1000, failed))
end
