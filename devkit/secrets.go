// Package devkit is what makes saphan dev and the tests need nothing: demo data and the secrets
// that go with it. Its sub-packages play what lies outside: LINE, an agency's system, and the
// servers the program stands on. Production commands use none of it.
package devkit

import (
	"crypto/rand"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"saphan/agencies"
	"saphan/internal/secret"
)

// Secrets are made on the first start and kept in the data folder, so that a second start finds
// its documents readable and its officers' codes valid.
type Secrets struct {
	SecretKey   string `json:"secret_key"`
	S3AccessKey string `json:"s3_access_key_id"`
	S3SecretKey string `json:"s3_secret_access_key"`
	Line        struct {
		Destination  string `json:"destination"`
		ChannelID    string `json:"channel_id"`
		Secret       string `json:"channel_secret"`
		AccessToken  string `json:"channel_access_token"`
		ProviderName string `json:"provider"`
	} `json:"line"`
	Officers       []Officer `json:"officers"`
	EndpointSecret string    `json:"endpoint_secret"`
	APIKeys        []APIKey  `json:"api_keys"`
}

// APIKey is the key with which a system of a demo agency comes in, in the name of the agency's head.
type APIKey struct {
	Agency string              `json:"agency"` // code
	Key    agencies.Bearer     `json:"key"`
	Scopes []agencies.APIScope `json:"scopes"`
}

// Officer is a demo officer with everything needed to sign in.
type Officer struct {
	Email    string        `json:"email"`
	Name     string        `json:"name"`
	Password string        `json:"password"`
	TOTP     string        `json:"totp_secret"`
	Agency   string        `json:"agency"` // code
	Role     agencies.Role `json:"role"`
}

// secretsFile is the name in the data folder.
const secretsFile = "secrets.json"

// LoadSecrets reads the secrets of a data folder, or makes them.
func LoadSecrets(dir string) (Secrets, error) {
	path := filepath.Join(dir, secretsFile)
	raw, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return newSecrets(path)
	}
	if err != nil {
		return Secrets{}, fmt.Errorf("cannot read %s: %w", path, err)
	}
	var s Secrets
	if err := json.Unmarshal(raw, &s); err != nil {
		return Secrets{}, fmt.Errorf("%s is damaged; start over with --fresh", path)
	}
	if len(s.APIKeys) == 0 { // a folder of a release without them
		s.APIKeys = newAPIKeys()
		return s, s.write(path)
	}
	return s, nil
}

// newAPIKeys makes a key for the system of the sample agency.
func newAPIKeys() []APIKey {
	return []APIKey{{Agency: townCode, Key: agencies.NewBearer(), Scopes: agencies.APIScopes()}}
}

func newSecrets(path string) (Secrets, error) {
	var s Secrets
	s.SecretKey = secret.Generate()
	s.S3AccessKey, s.S3SecretKey = "saphan", rand.Text()
	s.Line.Destination = "U" + randomHex(16)
	s.Line.ChannelID = "2000000001"
	s.Line.Secret, s.Line.AccessToken, s.Line.ProviderName = randomHex(16), rand.Text()+rand.Text(), "demo"
	s.EndpointSecret = string(agencies.NewSecret())
	for _, o := range []Officer{
		{Email: "permits@town.example", Name: "เจ้าหน้าที่ใบอนุญาต (ตัวอย่าง)", Agency: townCode, Role: agencies.RoleOfficer},
		{Email: "works@town.example", Name: "เจ้าหน้าที่งานช่าง (ตัวอย่าง)", Agency: townCode, Role: agencies.RoleOfficer},
		{Email: "head@town.example", Name: "หัวหน้าสำนักปลัด (ตัวอย่าง)", Agency: townCode, Role: agencies.RoleHead},
		{Email: "cashier@town.example", Name: "เจ้าหน้าที่การเงิน (ตัวอย่าง)", Agency: townCode, Role: agencies.RoleCashier},
		{Email: "dpo@town.example", Name: "เจ้าหน้าที่คุ้มครองข้อมูล (ตัวอย่าง)", Agency: townCode, Role: agencies.RoleDPO},
		{Email: "viewer@town.example", Name: "ผู้ตรวจสอบ (ตัวอย่าง)", Agency: townCode, Role: agencies.RoleViewer},
		{Email: "officer@subdistrict.example", Name: "เจ้าหน้าที่ อบต. (ตัวอย่าง)", Agency: subdistrictCode, Role: agencies.RoleOfficer},
	} {
		var err error
		if o.TOTP, err = agencies.NewTOTP(o.Email); err != nil {
			return Secrets{}, fmt.Errorf("make a sign-in secret: %w", err)
		}
		o.Password = "demo-" + randomHex(5)
		s.Officers = append(s.Officers, o)
	}
	s.APIKeys = newAPIKeys()
	return s, s.write(path)
}

// write keeps the secrets in a file.
func (s Secrets) write(path string) error {
	raw, err := json.MarshalIndent(s, "", "  ")
	if err != nil {
		return fmt.Errorf("keep secrets: %w", err)
	}
	// Written beside and renamed: a start that is killed leaves no half file.
	if err := errors.Join(os.WriteFile(path+".new", raw, 0o600), os.Rename(path+".new", path)); err != nil {
		return fmt.Errorf("cannot write %s: %w", path, err)
	}
	return nil
}

func randomHex(n int) string {
	b := make([]byte, n)
	rand.Read(b)
	return hex.EncodeToString(b)
}
