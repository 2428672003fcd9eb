/// The whole system on one machine: servers, services, their order and their logs.
