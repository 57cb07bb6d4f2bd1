-- Notes a heartbeat of calls. A call without a slot does not get one (XX).
-- KEYS  1 all slots, then for each call its organization's slots
-- ARGV  the call ids, in the order of the keys
-- Gives how many of them have a slot
local now = redis.call('TIME')[1]
local held = 0
for i, call in ipairs(ARGV) do
  if redis.call('ZSCORE', KEYS[1], call) then
    redis.call('ZADD', KEYS[1], 'XX', now, call)
    redis.call('ZADD', KEYS[i + 1], 'XX', now, call)
    held = held + 1
  end
end
return held
