//go:build race

package checklist

// heavier is how many times more memory everything takes: the race detector remembers who touched what.
const heavier = 10
