package tickets

// Sorted lets tests ask for the queue of a request without a database.
var Sorted = sorted //nolint:gochecknoglobals // for tests
