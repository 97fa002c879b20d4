// Package link reads what people paste: room links, codes, netherlink:// links.
package link

import (
	"errors"
	"net/url"
	"regexp"
	"strings"
)

// Target is what a link leads to. Server is empty for a bare code: the account's own server is meant.
type Target struct {
	Server string
	Code   string
	Room   string
	// Page is PORT.HASH: where the page that made the link waits for the companion, and what it proves itself by.
	Page string
}

var (
	// ErrNotALink is for text that is neither a room link nor a code.
	ErrNotALink = errors.New("this is neither a room link nor a room code")
	code        = regexp.MustCompile(`^[A-Za-z0-9_-]{4,64}$`)
	number      = regexp.MustCompile(`^[0-9]{1,20}$`)
	page        = regexp.MustCompile(`^[1-6][0-9]{4}\.[0-9a-f]{64}$`)
)

// Parse understands "CODE", "https://server/join/room/CODE", any web link whose last part or ?code= is the code, and
// "netherlink://server/join/CODE", "netherlink://server/room/ID" (plain HTTP with ?insecure=1; with ?page=PORT.HASH from a page that wants to speak
// with the companion).
func Parse(text string) (Target, error) {
	text = strings.TrimSpace(text)
	if code.MatchString(text) {
		return Target{Code: text}, nil
	}
	at, err := url.Parse(text)
	if err != nil || at.Host == "" || at.User != nil {
		return Target{}, ErrNotALink
	}
	var target Target
	switch at.Scheme {
	case "http", "https":
		target.Server = at.Scheme + "://" + at.Host
	case "netherlink":
		target.Server = "https://" + at.Host
		if at.Query().Get("insecure") == "1" {
			target.Server = "http://" + at.Host
		}
		if given := at.Query().Get("page"); page.MatchString(given) {
			target.Page = given
		}
	default:
		return Target{}, ErrNotALink
	}
	return target, target.find(at)
}

// find takes the code or the room's id from the path, the query or the fragment (where single-page clients keep theirs).
func (t *Target) find(at *url.URL) error {
	path := at.Path
	if fragment := strings.TrimPrefix(at.Fragment, "!"); strings.HasPrefix(fragment, "/") {
		inner, err := url.Parse(fragment)
		if err != nil {
			return ErrNotALink
		}
		path = inner.Path
	}
	if given := at.Query().Get("code"); given != "" {
		path = "/" + given
	}
	parts := strings.Split(strings.Trim(path, "/"), "/")
	last := parts[len(parts)-1]
	if len(parts) == 2 && (parts[0] == "room" || parts[0] == "rooms") && number.MatchString(last) {
		t.Room = last
		return nil
	}
	if !code.MatchString(last) {
		return ErrNotALink
	}
	t.Code = last
	return nil
}
