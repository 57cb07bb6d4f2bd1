-- Declares a generation of sets whole, if all that was put there is there.
-- KEYS  1 the token, 2 all slots of the generation
-- ARGV  1 generation and epoch, 2 how many slots there are
-- Gives the token, which names this run of the server too; empty if slots are missing
if redis.call('ZCARD', KEYS[2]) ~= tonumber(ARGV[2]) then
  return ''
end
local run = string.match(redis.call('INFO', 'server'), 'run_id:(%x+)')
local token = ARGV[1] .. '.' .. run
redis.call('SET', KEYS[1], token)
return token
