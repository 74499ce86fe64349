package main

import (
	"errors"
	"fmt"
	"log/slog"
	"strings"

	"github.com/caarlos0/env/v11"

	"saphan/files"
	"saphan/internal/secret"
)

// config is everything the environment says. Each value has a usable default or is refused at
// start with a sentence that says what to set.
type config struct {
	DatabaseURL       string `env:"DATABASE_URL"`        // PostgreSQL; may go through a pooler
	DatabaseDirectURL string `env:"DATABASE_DIRECT_URL"` // without a pooler: worker, LISTEN, migrations; default DATABASE_URL

	S3Endpoint  string `env:"S3_ENDPOINT"` // host:port
	S3Region    string `env:"S3_REGION" envDefault:"us-east-1"`
	S3Bucket    string `env:"S3_BUCKET" envDefault:"saphan"`
	S3AccessKey string `env:"S3_ACCESS_KEY_ID"`
	S3SecretKey string `env:"S3_SECRET_ACCESS_KEY"`
	S3Insecure  bool   `env:"S3_INSECURE"` // plain HTTP, for a store on the same machine

	BaseURL     string `env:"BASE_URL"` // public https address, without a slash at the end
	Addr        string `env:"ADDR" envDefault:"127.0.0.1:8080"`
	MetricsAddr string `env:"METRICS_ADDR" envDefault:"127.0.0.1:9090"`
	// Proxies are the networks of the programs in front of the web part: what they say in X-Forwarded-For is where a
	// request comes from, by which limits on guessing and on haste count.
	Proxies   proxies `env:"PROXIES" envDefault:"127.0.0.0/8,::1/128"`
	SecretKey string  `env:"SECRET_KEY"` // base64, 32 bytes: seals channel secrets and documents

	LineAPIURL  string `env:"LINE_API_URL" envDefault:"https://api.line.me"`
	LineDataURL string `env:"LINE_DATA_URL" envDefault:"https://api-data.line.me"`
	// LineRateShare is the part of LINE's rates that is used; less leaves room for other programs that
	// call LINE with the same accounts.
	LineRateShare float64 `env:"LINE_RATE_SHARE" envDefault:"0.99"`

	// ClamdAddr is where the virus scanner (clamd) listens: host:port, or the path of its socket. Without
	// it files are not scanned.
	ClamdAddr string `env:"CLAMD_ADDR"`

	// What LINE sends at most is written nowhere: a delivery above the one, in kilobytes, is refused, and a file
	// above the other, in megabytes, is answered as too large.
	LineWebhookMaxKB int64 `env:"LINE_WEBHOOK_MAX_KB" envDefault:"2048"`
	LineFileMaxMB    int64 `env:"LINE_FILE_MAX_MB" envDefault:"200"`

	// UploadMaxMB is the largest file that a web page may send, in megabytes.
	UploadMaxMB int64 `env:"UPLOAD_MAX_MB" envDefault:"500"`

	// FormsDir is a folder with further service files (docs/services.md); a file that comes or changes counts
	// within seconds.
	FormsDir string `env:"FORMS_DIR"`

	// LanguagesDir is a folder with catalogues of further languages (docs/languages.md), read at start.
	LanguagesDir string `env:"LANGUAGES_DIR"`

	// ThaID (STD-9): an issuer that publishes its addresses, or the addresses too. Without a client ID nobody signs
	// in with it.
	ThaIDIssuer       string `env:"THAID_ISSUER"`
	ThaIDAuthURL      string `env:"THAID_AUTH_URL"`
	ThaIDTokenURL     string `env:"THAID_TOKEN_URL"`
	ThaIDKeysURL      string `env:"THAID_JWKS_URL"`
	ThaIDUserInfoURL  string `env:"THAID_USERINFO_URL"`
	ThaIDClientID     string `env:"THAID_CLIENT_ID"`
	ThaIDClientSecret string `env:"THAID_CLIENT_SECRET"`
	ThaIDScopes       string `env:"THAID_SCOPES"`  // with spaces between; default: those that fill in a form
	ThaIDAPIKey       string `env:"THAID_API_KEY"` // some agencies are given one beside the secret

	// LINE Login. Without it citizens come by links from the chat. The provider is that of the official accounts.
	LineLoginID       string `env:"LINE_LOGIN_CHANNEL_ID"`
	LineLoginSecret   string `env:"LINE_LOGIN_CHANNEL_SECRET"`
	LineLoginProvider string `env:"LINE_LOGIN_PROVIDER"`
	LineAccessURL     string `env:"LINE_ACCESS_URL" envDefault:"https://access.line.me"`

	// An SMS gateway that takes messages by HTTP. Without it no codes are sent to telephones.
	SMSURL   string `env:"SMS_URL"`
	SMSToken string `env:"SMS_TOKEN"` // sent as a bearer token
	SMSBody  string `env:"SMS_BODY"`  // template of what is posted
	SMSType  string `env:"SMS_TYPE"`  // its Content-Type

	LogLevel slog.Level `env:"LOG_LEVEL" envDefault:"info"`

	// DevAgencyWebhookURL replaces the sample agency's receiver under saphan dev.
	DevAgencyWebhookURL string `env:"DEV_AGENCY_WEBHOOK_URL"`
	// DevCrashAt names a border between two facts at which saphan dev kills itself, for the crash test.
	DevCrashAt string `env:"DEV_CRASH_AT"`
}

// LINE's own hosts.
const (
	defaultLineAPI  = "https://api.line.me"
	defaultLineData = "https://api-data.line.me"
)

// readConfig reads the environment; an unset variable and an empty one are the same.
func readConfig(getenv func(string) string) (config, error) {
	values := map[string]string{}
	for _, name := range []string{
		"DATABASE_URL", "DATABASE_DIRECT_URL", "S3_ENDPOINT", "S3_REGION", "S3_BUCKET", "S3_ACCESS_KEY_ID", "S3_SECRET_ACCESS_KEY",
		"S3_INSECURE", "BASE_URL", "ADDR", "METRICS_ADDR", "PROXIES", "SECRET_KEY", "LINE_API_URL", "LINE_DATA_URL", "LINE_RATE_SHARE", "LINE_WEBHOOK_MAX_KB", "LINE_FILE_MAX_MB", "CLAMD_ADDR", "UPLOAD_MAX_MB",
		"THAID_ISSUER", "THAID_AUTH_URL", "THAID_TOKEN_URL", "THAID_JWKS_URL", "THAID_USERINFO_URL", "THAID_CLIENT_ID", "THAID_CLIENT_SECRET", "THAID_SCOPES", "THAID_API_KEY",
		"LINE_LOGIN_CHANNEL_ID", "LINE_LOGIN_CHANNEL_SECRET", "LINE_LOGIN_PROVIDER", "LINE_ACCESS_URL", "SMS_URL", "SMS_TOKEN", "SMS_BODY", "SMS_TYPE",
		"FORMS_DIR", "LANGUAGES_DIR", "LOG_LEVEL", "DEV_AGENCY_WEBHOOK_URL", "DEV_CRASH_AT",
	} {
		if v := getenv(name); v != "" {
			values[name] = v
		}
	}
	var c config
	if err := env.ParseWithOptions(&c, env.Options{Environment: values}); err != nil {
		return config{}, misset(err)
	}
	if c.LineRateShare <= 0 || c.LineRateShare > 1 {
		return config{}, errors.New("LINE_RATE_SHARE must be more than 0 and at most 1")
	}
	if c.LineWebhookMaxKB < 64 || c.LineWebhookMaxKB > 16<<10 {
		return config{}, errors.New("LINE_WEBHOOK_MAX_KB must be at least 64 and at most 16384")
	}
	if c.LineFileMaxMB < 10 || c.LineFileMaxMB > 5000 {
		return config{}, errors.New("LINE_FILE_MAX_MB must be at least 10 and at most 5000")
	}
	if c.UploadMaxMB < 1 || c.UploadMaxMB > 10_000 {
		return config{}, errors.New("UPLOAD_MAX_MB must be at least 1 and at most 10000")
	}
	c.BaseURL = strings.TrimRight(c.BaseURL, "/")
	if c.DatabaseDirectURL == "" {
		c.DatabaseDirectURL = c.DatabaseURL
	}
	return c, nil
}

// complete says what is missing for running in production, everything at once.
func (c config) complete() error {
	var missing []error
	need := func(name, value, what string) {
		if value == "" {
			missing = append(missing, fmt.Errorf("%s is not set: %s", name, what))
		}
	}
	need("DATABASE_URL", c.DatabaseURL, "the PostgreSQL address, postgres://user:password@host/database")
	need("S3_ENDPOINT", c.S3Endpoint, "host:port of the object store")
	need("S3_ACCESS_KEY_ID", c.S3AccessKey, "the object store's access key")
	need("S3_SECRET_ACCESS_KEY", c.S3SecretKey, "the object store's secret key")
	need("BASE_URL", c.BaseURL, "the public address, https://saphan.example.go.th")
	need("SECRET_KEY", c.SecretKey, "32 random bytes in base64 (openssl rand -base64 32); keep a copy: without it documents cannot be opened")
	if c.SecretKey != "" {
		if _, err := secret.Parse(c.SecretKey); err != nil {
			missing = append(missing, fmt.Errorf("SECRET_KEY: %w (openssl rand -base64 32 makes a good one)", err))
		}
	}
	return errors.Join(missing...)
}

// store is where documents are kept.
func (c config) store() files.Config {
	return files.Config{
		Endpoint: c.S3Endpoint, Region: c.S3Region, Bucket: c.S3Bucket,
		AccessKey: c.S3AccessKey, SecretKey: c.S3SecretKey, Insecure: c.S3Insecure,
	}
}
