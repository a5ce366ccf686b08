"""HTTP: one router per noun. Routes parse, call one domain function and shape the answer."""
