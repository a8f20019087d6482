-- Nothing to take back: suggestions are as good as those that are found when an address is given.
SELECT 1;
