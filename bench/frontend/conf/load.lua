-- wrk's side: a body of so many bytes, and figures that a program can read.
function init(args)
  local n = tonumber(args[1])
  if n > 0 then
    wrk.method, wrk.body = "POST", string.rep("x", n)
  end
end

function done(summary, latency)
  local e = summary.errors
  io.write(string.format("=%d %d %d %f %f\n", summary.requests,
    e.connect + e.read + e.write + e.status + e.timeout, summary.duration,
    latency:percentile(50), latency:percentile(99)))
end
