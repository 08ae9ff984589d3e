"""Student code runs behind this package: `host` outside, `worker` inside, `wire` between them."""
