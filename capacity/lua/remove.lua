-- Takes slots back that no active call holds, and changes the token at the same moment,
-- so that an acquire in flight that was as old is asked again.
-- KEYS  1 the token, 2 all slots, then for each call its organization's slots
-- ARGV  1 the token that is expected, 2 the token afterwards, 3 the youngest heartbeat
--       that may go, then the call ids in the order of the keys
-- Gives how many went, or the token that is there instead
local token = redis.call('GET', KEYS[1]) or ''
if token ~= ARGV[1] then
  return token
end
redis.call('SET', KEYS[1], ARGV[2])
local gone = 0
for i = 4, #ARGV do
  local own = KEYS[i - 1]
  local beat = redis.call('ZSCORE', KEYS[2], ARGV[i]) or redis.call('ZSCORE', own, ARGV[i])
  if beat and tonumber(beat) <= tonumber(ARGV[3]) then
    redis.call('ZREM', KEYS[2], ARGV[i])
    redis.call('ZREM', own, ARGV[i])
    gone = gone + 1
  end
end
return gone
