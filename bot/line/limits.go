package line

import "saphan/bot"

// Calls a second that LINE takes from one account at an endpoint (line.md 2.5). Each path has a bucket
// of its own.
const (
	usualRate   = 2000
	loadingRate = 100
)

// Rate returns how many calls a second LINE takes from one account at an endpoint.
func (c *Channel) Rate(e bot.Endpoint) float64 {
	if e == bot.LoadingEndpoint {
		return loadingRate
	}
	return usualRate
}
