#include "cache/redis/scripts.hpp"

namespace netherlink::cache::redis {
namespace scripts {

// A list of "<seq>:<bytes>", ascending without a hole. ARGV: most entries kept, time to live in ms, entries.
const Script append{0, R"(
local last = redis.call('LINDEX', KEYS[1], -1)
if last and tonumber(string.match(last, '^%d+')) + 1 ~= tonumber(string.match(ARGV[3], '^%d+')) then
  redis.call('DEL', KEYS[1])
end
for i = 3, #ARGV, 100 do
  redis.call('RPUSH', KEYS[1], unpack(ARGV, i, math.min(i + 99, #ARGV)))
end
redis.call('LTRIM', KEYS[1], -tonumber(ARGV[1]), -1)
redis.call('PEXPIRE', KEYS[1], ARGV[2])
return 1
)"};

// ARGV: first and last seq. All of them or nothing.
const Script range{1, R"(
local head = redis.call('LINDEX', KEYS[1], 0)
if not head then return false end
local first = tonumber(string.match(head, '^%d+'))
local from, to = ARGV[1] - first, ARGV[2] - first
if from < 0 or to >= redis.call('LLEN', KEYS[1]) then return false end
return redis.call('LRANGE', KEYS[1], from, to)
)"};

// ARGV: seq, entry.
const Script replace{2, R"(
local head = redis.call('LINDEX', KEYS[1], 0)
if not head then return 0 end
local at = ARGV[1] - tonumber(string.match(head, '^%d+'))
if at < 0 or at >= redis.call('LLEN', KEYS[1]) then return 0 end
redis.call('LSET', KEYS[1], at, ARGV[2])
return 1
)"};

// "<tokens> <seconds>" when they were counted. ARGV: burst, tokens a second, tokens taken. The debt of replicas that
// gave out the same tokens is paid back, up to a bound. Answers what is left.
const Script debit{3, R"(
local burst, rate = tonumber(ARGV[1]), tonumber(ARGV[2])
local time = redis.call('TIME')
local now = time[1] + time[2] / 1000000
local tokens = burst
local state = redis.call('GET', KEYS[1])
if state then
  local kept, at = string.match(state, '^(%S+) (%S+)$')
  tokens = math.min(burst, kept + math.max(0, now - at) * rate)
end
tokens = math.max(tokens - ARGV[3], -4 * burst)
local ttl = 3600000
if rate > 0 then ttl = math.min(86400000, math.ceil((burst - tokens) / rate * 1000) + 1000) end
redis.call('SET', KEYS[1], string.format('%.6f %.6f', tokens, now), 'PX', ttl)
return string.format('%.6f', tokens)
)"};

// An empty value is a tombstone. ARGV: value, time to live in ms.
const Script put{4, R"(
if redis.call('GET', KEYS[1]) == '' then return 0 end
redis.call('SET', KEYS[1], ARGV[1], 'PX', ARGV[2])
return 1
)"};

// A set of replicas. ARGV: replica, time to live in ms. 1: it was not in the set.
const Script want{5, R"(
local added = redis.call('SADD', KEYS[1], ARGV[1])
redis.call('PEXPIRE', KEYS[1], ARGV[2])
return added
)"};

// Replicas by the time at which their lease runs out. ARGV: replica, lease in ms, 1: even if it had run out, the
// replica that it was before or ''. Answers whether it had not run out, and who is alive.
const Script heartbeat{6, R"(
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
redis.call('ZREMRANGEBYSCORE', KEYS[1], '-inf', now)
local held = redis.call('ZSCORE', KEYS[1], ARGV[1])
if held or ARGV[3] == '1' then
  redis.call('ZADD', KEYS[1], now + ARGV[2], ARGV[1])
  redis.call('PEXPIRE', KEYS[1], 3600000)
end
if ARGV[4] ~= '' then redis.call('ZREM', KEYS[1], ARGV[4]) end
return {held and 1 or 0, redis.call('ZRANGE', KEYS[1], 0, -1)}
)"};

}  // namespace scripts

const std::array<const Script*, script_count> all_scripts{&scripts::append,   &scripts::range, &scripts::replace,
                                                          &scripts::debit,    &scripts::put,   &scripts::want,
                                                          &scripts::heartbeat};

}  // namespace netherlink::cache::redis
