-- Notes a heartbeat of calls. A call without a slot does not get one (XX).
-- KEYS  1 the token, 2 all slots, then for each call its organization's slots
-- ARGV  1 generation that the keys are of, then the call ids in the order of the keys
-- Gives how many of them have a slot, or the token that is there instead
local token = redis.call('GET', KEYS[1]) or ''
if string.sub(token, 1, #ARGV[1]) ~= ARGV[1] then
  return token
end
local now = redis.call('TIME')[1]
local held = 0
for i = 2, #ARGV do
  if redis.call('ZSCORE', KEYS[2], ARGV[i]) then
    redis.call('ZADD', KEYS[2], 'XX', now, ARGV[i])
    redis.call('ZADD', KEYS[i + 1], 'XX', now, ARGV[i])
    held = held + 1
  end
end
return held
