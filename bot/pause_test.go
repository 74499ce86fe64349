package bot

import (
	"testing"
	"time"
)

// Row 35 and line.md 2.4: after a try that failed the next one waits, longer each time up to a quarter of an hour;
// a day of tries stays within those that a job has.
func TestRow35Pauses(t *testing.T) {
	t.Parallel()
	for tries, want := range map[int]time.Duration{
		-1: time.Second, 0: time.Second, 1: time.Second, 2: 2 * time.Second, 3: 5 * time.Second, 4: 15 * time.Second, 5: time.Minute,
		6: 5 * time.Minute, 7: 15 * time.Minute, 8: 15 * time.Minute, 1000: 15 * time.Minute,
	} {
		if got := Pause(tries); got != want {
			t.Errorf("after %d tries: %s, want %s", tries, got, want)
		}
	}
	var passed time.Duration
	tries := 0
	for ; passed < keyLife; tries++ {
		passed += Pause(tries + 1)
	}
	if most := (SendArgs{}).InsertOpts().MaxAttempts; tries > most {
		t.Errorf("%d tries until LINE forgets a key, and a job has %d", tries, most)
	}
}
