package main

import (
	"context"
	"encoding/json"
	"fmt"
	"net"
	"net/http"
	"strings"
	"sync/atomic"
	"time"
)

// far is LINE's end: it takes every message and counts it. It is not the simulator, which would
// remember a million people and their chats.
type far struct {
	server *http.Server
	addr   string
	taken  atomic.Int64
}

func newFar(ctx context.Context) (*far, error) {
	l, err := (&net.ListenConfig{}).Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	f := &far{addr: "http://" + l.Addr().String()}
	f.server = &http.Server{Handler: f, ReadHeaderTimeout: time.Minute}
	go func() { _ = f.server.Serve(l) }()
	return f, nil
}

// ServeHTTP answers as LINE does when all is well.
func (f *far) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("X-Line-Request-Id", "0")
	switch path := r.URL.Path; {
	case strings.HasSuffix(path, "/message/reply"), strings.HasSuffix(path, "/message/push"):
		var call struct{ Messages []json.RawMessage }
		if err := json.NewDecoder(r.Body).Decode(&call); err != nil {
			http.Error(w, `{"message":"bad"}`, http.StatusBadRequest)
			return
		}
		ids := make([]string, len(call.Messages))
		for i := range ids {
			ids[i] = fmt.Sprintf(`{"id":"%d"}`, f.taken.Add(1))
		}
		fmt.Fprintf(w, `{"sentMessages":[%s]}`, strings.Join(ids, ","))
	case strings.Contains(path, "/profile/"):
		http.Error(w, `{"message":"Not found"}`, http.StatusNotFound) // a name that comes too late is none, which differs between runs
	default:
		fmt.Fprint(w, `{}`)
	}
}
