package line_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"slices"
	"strings"
	"testing"
)

// operation is a line of testdata/operations.txt: every call that LINE's files describe, the host
// that serves it, and for whom: all, accounts that are entitled, or nobody but LINE's partners.
type operation struct{ method, path, host, audience string }

func operations(t *testing.T) []operation {
	t.Helper()
	data, err := os.ReadFile("testdata/operations.txt")
	if err != nil {
		t.Fatal(err)
	}
	var list []operation
	for line := range strings.Lines(string(data)) {
		var o operation
		if _, err := fmt.Sscan(line, &o.method, &o.path, &o.host, &o.audience); err != nil {
			t.Fatalf("%q: %v", line, err)
		}
		list = append(list, o)
	}
	return list
}

// The list is that of LINE's files.
func TestOperationsAreComplete(t *testing.T) {
	t.Parallel()
	var want, got []string
	for _, o := range spec(t).Operations() {
		host := "api"
		if o.Data {
			host = "api-data"
		}
		want = append(want, o.Method+" "+o.Path+" "+host)
	}
	for _, o := range operations(t) {
		got = append(got, o.method+" "+o.path+" "+o.host)
	}
	slices.Sort(want)
	slices.Sort(got)
	if !slices.Equal(got, want) {
		t.Errorf("testdata/operations.txt has %d operations, LINE's files have %d:\n%s", len(got), len(want), strings.Join(want, "\n"))
	}
}

// Row 77: every operation of LINE's files is served, or refused as LINE refuses it to accounts
// without the right; every answer carries a request ID, and every one with a body carries JSON.
func TestRow77EveryOperationAnswers(t *testing.T) {
	t.Parallel()
	for _, entitled := range []bool{false, true} {
		t.Run(fmt.Sprint("entitled ", entitled), func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, nil)
			w.control("POST", "settings", map[string]any{"entitled": entitled, "rate": 1e6}, nil)
			w.say(w.woman, "สวัสดี")
			up := w.upload(w.woman, "video", sample{"a.mp4", []byte("v")})
			values := strings.NewReplacer(
				"{userId}", w.woman, "{messageId}", up.MessageID, "{groupId}", "C"+strings.Repeat("0", 32), "{roomId}", "R"+strings.Repeat("0", 32),
				"{richMenuId}", "richmenu-"+strings.Repeat("0", 32), "{richMenuAliasId}", "alias", "{audienceGroupId}", "1", "{membershipId}", "1",
				"{couponId}", "1", "{liffId}", "1-a", "{chatId}", w.woman,
			)
			for _, o := range operations(t) {
				header := map[string]string{"Authorization": "Bearer " + token, "Content-Type": "application/json"}
				var body any
				if o.method == "POST" || o.method == "PUT" {
					body = "{}"
				}
				status, head, data := w.do(o.method, "/"+o.host+values.Replace(o.path), header, body)
				name := o.method + " " + o.path
				if head.Get("X-Line-Request-Id") == "" {
					t.Errorf("%s: no request ID", name)
				}
				refused := o.audience == "nobody" || o.audience == "entitled" && !entitled
				if (status == http.StatusForbidden) != refused {
					t.Errorf("%s: %d %s, refused %v", name, status, data, refused)
				}
				if status >= 500 || status == http.StatusMethodNotAllowed {
					t.Errorf("%s: %d %s", name, status, data)
				}
				if len(data) == 0 && !strings.HasPrefix(o.path, "/v2/bot/message/{messageId}/content") {
					t.Errorf("%s: %d without a body", name, status)
				}
				if len(data) > 0 && !json.Valid(data) && head.Get("Content-Type") == "application/json" {
					t.Errorf("%s: %d %s is no JSON", name, status, data)
				}
			}
			var tally tallied
			w.control("GET", "tally", nil, &tally)
			for endpoint, counts := range tally.Calls {
				if strings.Contains(endpoint, "(unknown)") {
					t.Errorf("%s was not served: %v", endpoint, counts)
				}
			}
		})
	}
}
