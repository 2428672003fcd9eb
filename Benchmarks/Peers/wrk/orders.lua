-- Orders of three lines of random SKUs, each with an idempotency key of its own: for wrk, as POST /v1/orders takes them.
-- Arguments: the key, the number of SKUs, what the run is called, and the milliseconds that a connection thinks between an
-- answer and its next order (0: none).

local counter = 0
local connections = 0

function init(arguments)
    key, skus, name, think = arguments[1], tonumber(arguments[2]), arguments[3], tonumber(arguments[4])
    math.randomseed(#name * 7919 + string.byte(name, -1))
    headers = { ["Authorization"] = "Bearer " .. key, ["Content-Type"] = "application/json" }
end

function delay()
    -- Spread, so that connections do not march in step.
    return think > 0 and math.random(0, 2 * think) or 0
end

local function line(number)
    return string.format('{"sku":"SKU-%08d","quantity":%d}', number, math.random(1, 3))
end

function request()
    counter = counter + 1
    headers["Idempotency-Key"] = string.format("%s-%d", name, counter)
    local first = math.random(0, skus - 1)
    local body = '{"region":"US","items":[' .. line(first) .. ',' .. line((first + 7) % skus) .. ',' ..
        line((first + 1931) % skus) .. ']}'
    return wrk.format("POST", "/v1/orders", headers, body)
end

-- The first answers that are none: said to whoever looks at why.
local refusals = 0

function response(status, _, body)
    if status >= 300 and refusals < 3 then
        refusals = refusals + 1
        io.stderr:write(status .. " " .. body .. "\n")
    end
end

function done(summary, latency)
    io.write(string.format("LATENCY p50 %d p99 %d max %d\n", latency:percentile(50), latency:percentile(99), latency.max))
end
