package line

import (
	"crypto/rsa"
	"crypto/x509"
	"encoding/pem"
	"fmt"
	"maps"
	"net/http"
	"slices"

	"github.com/go-chi/chi/v5"

	"saphan/internal/fault"
)

// Channels made and changed while the simulator runs: what LINE's console is for.

// channelSheet is all about a channel, secrets included: this is a toy platform on one machine.
type channelSheet struct {
	Destination string   `json:"destination"`
	ChannelID   string   `json:"channelId"`
	Secret      string   `json:"channelSecret"`
	AccessToken string   `json:"channelAccessToken"`
	Name        string   `json:"name"`
	BasicID     string   `json:"basicId"`
	Provider    string   `json:"provider"`
	WebhookURL  string   `json:"webhookUrl"`
	Redelivery  bool     `json:"redelivery"`
	ChatMode    bool     `json:"chatMode"`
	Callbacks   []string `json:"callbacks"`
	KeyIDs      []string `json:"assertionKeyIds"`
}

// sheet describes the channel. The caller holds the lock.
func (s *Simulator) sheet(c Channel) channelSheet {
	return channelSheet{
		Destination: c.Destination, ChannelID: c.ID, Secret: c.Secret, AccessToken: c.AccessToken, Name: c.Name,
		BasicID: c.BasicID, Provider: c.Provider, WebhookURL: s.webhookURL(c), Redelivery: c.Redelivery, ChatMode: c.ChatMode,
		Callbacks: append([]string{}, c.Callbacks...), KeyIDs: append([]string{}, slices.Sorted(maps.Keys(c.AssertionKeys))...),
	}
}

// channelChange is what a script may say about a channel; what it leaves out stays.
type channelChange struct {
	Name       *string   `json:"name"`
	Provider   *string   `json:"provider"`
	WebhookURL *string   `json:"webhookUrl"`
	Redelivery *bool     `json:"redelivery"`
	ChatMode   *bool     `json:"chatMode"`
	Callbacks  *[]string `json:"callbacks"`
	// AssertionKey is a public key in PEM; the answer's assertionKeyIds has its new ID.
	AssertionKey string `json:"assertionKey"`
	// NewSecret and NewToken reissue as the console does: the old one is worth nothing at once.
	NewSecret bool `json:"newSecret"`
	NewToken  bool `json:"newToken"`
}

// apply changes the channel.
func (v channelChange) apply(c Channel) (Channel, error) {
	if v.Name != nil {
		c.Name = *v.Name
	}
	if v.Provider != nil {
		c.Provider = *v.Provider
	}
	if v.WebhookURL != nil {
		if *v.WebhookURL != "" && !validWebhook(*v.WebhookURL) {
			return c, fault.New(fault.Invalid, "webhookUrl ต้องเป็น https (หรือ http ของเครื่องนี้) ไม่เกิน 500 ตัวอักษร")
		}
		c.WebhookURL = *v.WebhookURL
	}
	if v.Redelivery != nil {
		c.Redelivery = *v.Redelivery
	}
	if v.ChatMode != nil {
		c.ChatMode = *v.ChatMode
	}
	if v.Callbacks != nil {
		c.Callbacks = *v.Callbacks
	}
	if v.NewSecret {
		c.Secret = randomHex(16)
	}
	if v.NewToken {
		c.AccessToken = opaque(96)
	}
	if v.AssertionKey == "" {
		return c, nil
	}
	block, _ := pem.Decode([]byte(v.AssertionKey))
	if block == nil {
		return c, fault.New(fault.Invalid, "assertionKey ต้องเป็นกุญแจสาธารณะแบบ PEM")
	}
	parsed, err := x509.ParsePKIXPublicKey(block.Bytes)
	if key, isRSA := parsed.(*rsa.PublicKey); err != nil || !isRSA || key.Size() != 256 {
		return c, fault.New(fault.Invalid, "assertionKey ต้องเป็นกุญแจ RSA ขนาด 2048 บิต")
	}
	keys := map[string][]byte{opaque(16): []byte(v.AssertionKey)}
	maps.Copy(keys, c.AssertionKeys)
	c.AssertionKeys = keys
	return c, nil
}

// postChannel answers POST control/channels: a new account with everything that a bot needs.
func (s *Simulator) postChannel(r *http.Request) (any, error) {
	var in channelChange
	if err := controlBody(r, &in); err != nil {
		return nil, err
	}
	c, err := in.apply(Channel{Destination: "U" + randomHex(16), Secret: randomHex(16), AccessToken: opaque(96)})
	if err != nil {
		return nil, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.keepChannel(c)
}

// keepChannel makes the channel known and keeps it for the next start. The caller holds the lock.
func (s *Simulator) keepChannel(c Channel) (any, error) {
	if err := s.addChannel(c); err != nil {
		return nil, fault.Wrap(fault.Invalid, "เพิ่มบัญชีไม่สำเร็จ: "+err.Error(), err)
	}
	c = s.channels[c.Destination]
	s.state.accounts.put(c.Destination, c)
	return s.sheet(c), nil
}

// restoreChannels makes the channels of earlier runs known.
func (s *Simulator) restoreChannels() error {
	for _, d := range slices.Clone(s.state.accounts.order) {
		if err := s.AddChannel(s.state.accounts.rows[d]); err != nil {
			return fmt.Errorf("restore channel: %w", err)
		}
	}
	for _, d := range s.order {
		s.restored[d] = true
	}
	return nil
}

// showChannel answers GET control/channels/{destination}.
func (s *Simulator) showChannel(r *http.Request) (any, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	c, err := s.channelOf(chi.URLParam(r, "destination"))
	if err != nil {
		return nil, err
	}
	return s.sheet(c), nil
}

// changeChannel answers POST control/channels/{destination}.
func (s *Simulator) changeChannel(r *http.Request) (any, error) {
	var in channelChange
	if err := controlBody(r, &in); err != nil {
		return nil, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	c, err := s.channelOf(chi.URLParam(r, "destination"))
	if err != nil {
		return nil, err
	}
	if c, err = in.apply(c); err != nil {
		return nil, err
	}
	if in.WebhookURL != nil {
		// What was set through the API would win over it.
		row, _ := s.state.channels.row(c.Destination)
		row.Webhook = ""
		s.state.channels.put(c.Destination, row)
	}
	return s.keepChannel(c)
}
