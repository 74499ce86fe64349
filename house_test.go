package main

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"saphan/agencies"
	"saphan/bot/line"
	"saphan/internal/pgtest"
	"saphan/internal/secret"
)

// built is the program over a database; what lies outside it is not there. The test closes it.
func built(t *testing.T, url string) *house {
	t.Helper()
	h, err := build(t.Context(), config{
		DatabaseURL: url, DatabaseDirectURL: url, SecretKey: secret.Generate(), S3Endpoint: "127.0.0.1:1", S3Bucket: "b", S3AccessKey: "a", S3SecretKey: "s",
		S3Insecure: true, BaseURL: "https://saphan.example.go.th", LineAPIURL: "http://127.0.0.1:1", LineDataURL: "http://127.0.0.1:1", UploadMaxMB: 1,
	}, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	return h
}

// Row 9: while pages and jobs hold every connection of theirs, LINE's deliveries are stored and answered: the
// webhook has connections of its own.
func TestRow9WebhookHasItsOwnConnections(t *testing.T) {
	t.Parallel()
	url := pgtest.URL(t)
	if strings.Contains(url, "?") {
		url += "&pool_max_conns=2"
	} else {
		url += "?pool_max_conns=2"
	}
	h := built(t, url)
	err := agencies.Everywhere(t.Context(), h.pool, func(tx pgx.Tx) error {
		a, err := agencies.Create(t.Context(), tx, agencies.Agency{Code: "HS", Name: "เทศบาลตัวอย่าง", Kind: "เทศบาล"})
		if err != nil {
			return err
		}
		_, err = agencies.CreateChannel(t.Context(), tx, h.box, agencies.Channel{AgencyID: a.ID, Kind: line.Kind, Destination: "Uhs", Provider: "p", Name: "n", Secret: "s", Token: "t"})
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(t.Context())
	rest := make(chan struct{})
	go func() { defer close(rest); h.intake.Run(ctx) }()
	t.Cleanup(func() { stop(); <-rest; h.close() })
	for range h.pool.Config().MaxConns {
		held, err := h.pool.Acquire(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(held.Release)
	}
	routes := h.routes(nil)
	for deadline := time.Now().Add(time.Minute); ; {
		body := fmt.Sprintf(`{"destination":"Uhs","events":[{"type":"follow","webhookEventId":"01A","timestamp":%d,"source":{"type":"user","userId":"U1"}}]}`, time.Now().UnixMilli())
		mac := hmac.New(sha256.New, []byte("s"))
		mac.Write([]byte(body))
		r := httptest.NewRequestWithContext(t.Context(), http.MethodPost, "/line/webhook", strings.NewReader(body))
		r.Header.Set("X-Line-Signature", base64.StdEncoding.EncodeToString(mac.Sum(nil)))
		w := httptest.NewRecorder()
		routes.ServeHTTP(w, r)
		if w.Code == http.StatusOK {
			return
		}
		if time.Now().After(deadline) { // a busy machine may need more than one, as LINE does
			t.Fatalf("a delivery is answered %d while the pages are busy", w.Code)
		}
	}
}
