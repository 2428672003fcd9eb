-- Reads the stock of random SKUs with an API key: wrk ... -s stock.lua URL -- KEY SKUS SEED
-- The requests are made ahead, so that wrk itself costs little.

local requests, count = {}, 0

function init(arguments)
    math.randomseed(tonumber(arguments[3]))
    count = tonumber(arguments[2])
    local headers = { Authorization = "Bearer " .. arguments[1] }
    for number = 1, count do
        requests[number] = wrk.format("GET", string.format("/v1/inventory/SKU-%08d", number - 1), headers)
    end
end

function request()
    return requests[math.random(count)]
end
