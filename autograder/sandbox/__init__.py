"""Student code runs behind this package: `host` and `session` outside, `worker` inside, `wire` between them."""
