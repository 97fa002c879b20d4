#include "cache/redis/scripts.hpp"

namespace netherlink::cache::redis {
namespace scripts {

// Of a list of "<seq>:<bytes>". Where its seqs do not follow each other what is before is out of reach: places are
// counted from the end. ARGV: first and last seq, entries that count. Fewer than asked for, or others: not kept.
const Script range{0, R"(
local tail = redis.call('LINDEX', KEYS[1], -1)
if not tail then return false end
local last = string.match(tail, '^%d+')
local from, to = ARGV[1] - last - 1, ARGV[2] - last - 1
if to > -1 or from < -ARGV[3] then return false end
return redis.call('LRANGE', KEYS[1], from, to)
)"};

// ARGV: seq, entry.
const Script replace{1, R"(
local tail = redis.call('LINDEX', KEYS[1], -1)
if not tail then return 0 end
local at = ARGV[1] - string.match(tail, '^%d+') - 1
if at > -1 then return 0 end
local entry = redis.call('LINDEX', KEYS[1], at)
if not entry or string.match(entry, '^%d+') ~= ARGV[1] then return 0 end
redis.call('LSET', KEYS[1], at, ARGV[2])
return 1
)"};

// "<tokens> <seconds>" when they were counted. ARGV: burst, tokens a second, tokens taken. The debt of replicas that
// gave out the same tokens is paid back, up to a bound. Answers what is left.
const Script debit{2, R"(
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
const Script put{3, R"(
if redis.call('GET', KEYS[1]) == '' then return 0 end
redis.call('SET', KEYS[1], ARGV[1], 'PX', ARGV[2])
return 1
)"};

// Replicas by the time at which their lease runs out. ARGV: replica, lease in ms, 1: even if it had run out, the
// replica that it was before or ''. Answers whether it had not run out, and who is alive.
const Script heartbeat{4, R"(
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

const std::array<const Script*, script_count> all_scripts{&scripts::range, &scripts::replace, &scripts::debit,
                                                          &scripts::put, &scripts::heartbeat};

}  // namespace netherlink::cache::redis
