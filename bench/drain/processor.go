package main

import (
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"
)

// ticksASecond is in what Linux counts processor time.
const ticksASecond = 100

// databaseTime is the processor time that a server in a folder has used with all its processes; 0 where
// the kernel does not tell.
func databaseTime(dir string) time.Duration {
	files, err := filepath.Glob(filepath.Join(dir, "*", "postmaster.pid"))
	if err != nil || len(files) != 1 {
		return 0
	}
	text, err := os.ReadFile(files[0])
	if err != nil {
		return 0
	}
	pid, _, _ := strings.Cut(string(text), "\n")
	total := processTime(pid, true)
	children, err := os.ReadFile(fmt.Sprintf("/proc/%s/task/%s/children", pid, pid))
	if err != nil {
		return total
	}
	for _, child := range strings.Fields(string(children)) {
		total += processTime(child, false)
	}
	return total
}

// processTime is the processor time of a process, with that of its ended children if wanted.
func processTime(pid string, ended bool) time.Duration {
	text, err := os.ReadFile("/proc/" + pid + "/stat")
	if err != nil {
		return 0
	}
	// After the name in parentheses: state is field 3, utime 14, stime 15, cutime 16, cstime 17.
	fields := strings.Fields(string(text[strings.LastIndexByte(string(text), ')')+1:]))
	if len(fields) < 15 {
		return 0
	}
	last := 13
	if ended {
		last = 15
	}
	var ticks int64
	for _, f := range fields[11:last] {
		n, err := strconv.ParseInt(f, 10, 64)
		if err != nil {
			return 0
		}
		ticks += n
	}
	return time.Duration(ticks) * time.Second / ticksASecond
}
