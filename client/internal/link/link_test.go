package link

import (
	"strings"
	"testing"
)

func TestParse(t *testing.T) {
	for text, want := range map[string]Target{
		"Ab3_-xyz":                                       {Code: "Ab3_-xyz"},
		"  Ab3xyz\n":                                     {Code: "Ab3xyz"},
		"https://play.example.org/invite/Ab3xyz":         {Server: "https://play.example.org", Code: "Ab3xyz"},
		"http://127.0.0.1:8080/invite/Ab3xyz":            {Server: "http://127.0.0.1:8080", Code: "Ab3xyz"},
		"https://play.example.org/#/invite/Ab3xyz":       {Server: "https://play.example.org", Code: "Ab3xyz"},
		"https://play.example.org/?code=Ab3xyz":          {Server: "https://play.example.org", Code: "Ab3xyz"},
		"netherlink://play.example.org/join/Ab3xyz":      {Server: "https://play.example.org", Code: "Ab3xyz"},
		"netherlink://localhost:8080/room/12?insecure=1": {Server: "http://localhost:8080", Room: "12"},
		"netherlink://x/room/12?page=41234." + strings.Repeat("0f", 32): {
			Server: "https://x", Room: "12", Page: "41234." + strings.Repeat("0f", 32)},
		"netherlink://x/room/12?page=80." + strings.Repeat("0f", 32): {Server: "https://x", Room: "12"},
		"https://x/room/12?page=41234." + strings.Repeat("0f", 32):   {Server: "https://x", Room: "12"},
		"https://play.example.org/rooms/1234":                        {Server: "https://play.example.org", Room: "1234"},
	} {
		if got, err := Parse(text); err != nil || got != want {
			t.Errorf("%s: %+v %v", text, got, err)
		}
	}
	for _, text := range []string{"", "a", "https://", "ftp://x/invite/Ab3xyz", "https://u:p@x/invite/Ab3xyz", "https://x/",
		"netherlink://x/join/a%20b", "https://x/invite/" + string(make([]byte, 70)), "-- rm"} {
		if got, err := Parse(text); err == nil {
			t.Errorf("%q was taken as %+v", text, got)
		}
	}
}
