-- Nothing to take back: the former writing of an id is not kept, and the normalised one is an id as before.
SELECT 1;
