package main

import (
	"net/http"
	"os"
	"strings"
	"syscall"
)

// crashBorder returns a function that kills this process, without any goodbye, when it is told of
// the named border between two facts. Nil when no border is named. Only saphan dev uses it: the
// crash test starts the program again and looks for what was lost or doubled (R6). After an @ may
// stand a file: the border kills only once that file exists.
func crashBorder(name string) func(border string) {
	if name == "" {
		return nil
	}
	name, sign, waits := strings.Cut(name, "@")
	return func(border string) {
		if border != name {
			return
		}
		if _, err := os.Stat(sign); waits && err != nil {
			return
		}
		_ = syscall.Kill(os.Getpid(), syscall.SIGKILL)
		select {}
	}
}

// beforeAnswer is the border between a delivery that is stored and LINE's learning of it.
const beforeAnswer = "webhook: before the answer"

// bordered tells of a stored delivery before its sender is told.
func bordered(next http.Handler, at func(border string)) http.Handler {
	if at == nil {
		return next
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		next.ServeHTTP(answering{w, at}, r)
	})
}

// answering tells of a good answer before it is given.
type answering struct {
	http.ResponseWriter
	at func(border string)
}

// WriteHeader implements http.ResponseWriter.
func (a answering) WriteHeader(status int) {
	if status == http.StatusOK {
		a.at(beforeAnswer)
	}
	a.ResponseWriter.WriteHeader(status)
}
