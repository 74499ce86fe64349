package pgtest

// Sweep is sweep, for its test.
var Sweep = sweep
