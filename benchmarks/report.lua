-- For wrk: figures on one line, times in µs; a pause between requests; POSTs of BODY, "N" in it 1, 2, … COUNT-1, 0.
-- wrk -s report.lua URL -- [PAUSE-MS [BODY COUNT]]
function init(arguments)
  local pause, body, count = tonumber(arguments[1] or 0), arguments[2], tonumber(arguments[3] or 1)
  -- wrk takes another way through its loop when these functions are there.
  if pause > 0 then
    delay = function() return pause end
  end
  if body then
    local number = 0
    wrk.method, wrk.headers["Content-Type"] = "POST", "application/json"
    request = function()
      number = (number + 1) % count
      return wrk.format(nil, nil, nil, (body:gsub("N", tostring(number))))
    end
  end
end

function done(summary, latency)
  local errors = summary.errors
  io.write(string.format("requests=%d seconds=%.3f p50=%d p99=%d max=%d failed=%d\n",
    summary.requests, summary.duration / 1e6, latency:percentile(50), latency:percentile(99), latency.max,
    errors.status + errors.connect + errors.read + errors.write + errors.timeout))
end
