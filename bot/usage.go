package bot

// Usage is how much of its month an account has used.
type Usage struct {
	Most *int64 // messages of its own accord in a month; nil: as many as it likes
	Used int64
}
