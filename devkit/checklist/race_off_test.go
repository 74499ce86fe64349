//go:build !race

package checklist

// heavier is how many times more memory everything takes.
const heavier = 1
