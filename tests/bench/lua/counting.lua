-- What every load has in common: answers are counted as good or not, and at the end come lines that drive.py reads.
local wanted = {}
for status in (os.getenv("BENCH_GOOD") or "200"):gmatch("%d+") do
  wanted[tonumber(status)] = true
end
local text = os.getenv("BENCH_TEXT") or ""
local threads = {}

good, bad, refused = 0, 0, ""

function setup(thread)
  table.insert(threads, thread)
end

function response(status, _, body)
  if wanted[status] and (text == "" or body:find(text, 1, true)) then
    good = good + 1
  else
    bad = bad + 1
    if refused == "" then
      refused = status .. " " .. body:sub(1, 300):gsub("%s+", " ")
    end
  end
end

-- Nothing is left to send. wrk itself would sleep until its time is over: who reads this interrupts it.
function run_dry()
  io.write("\nDRY\n")
  io.flush()
  wrk.thread:stop()
end

function done(summary, latency, _)
  local total = { good = 0, bad = 0 }
  for _, thread in ipairs(threads) do
    total.good = total.good + thread:get("good")
    total.bad = total.bad + thread:get("bad")
    if thread:get("refused") ~= "" then
      io.write("\nREFUSED " .. thread:get("refused") .. "\n")
    end
  end
  local errors = summary.errors
  io.write(string.format(
    '\nRESULT {"seconds": %.3f, "good": %d, "bad": %d, "p50_ms": %.2f, "p99_ms": %.2f}\n',
    summary.duration / 1e6, total.good, total.bad + errors.connect + errors.read + errors.write + errors.timeout,
    latency:percentile(50) / 1000, latency:percentile(99) / 1000))
end
