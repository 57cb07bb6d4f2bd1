-- Drops the token if another run of the server set it.
-- KEYS  1 the token
local run = string.match(redis.call('INFO', 'server'), 'run_id:(%x+)')
local token = redis.call('GET', KEYS[1])
if token and string.match(token, '%.(%x+)$') ~= run then
  redis.call('DEL', KEYS[1])
end
