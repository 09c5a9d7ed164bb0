package site

import (
	"regexp"
	"testing"
)

func TestDeviceName(t *testing.T) {
	const mozilla = "Mozilla/5.0 "
	for _, c := range []struct{ agent, want string }{
		{mozilla + "(X11; Linux x86_64; rv:143.0) Gecko/20100101 Firefox/143.0", "Firefox on Linux"},
		{mozilla + "(Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/141.0.0.0 Safari/537.36", "Chrome on Windows"},
		{mozilla + "(Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/141.0.0.0 Safari/537.36 Edg/141.0.0.0", "Edge on Windows"},
		{mozilla + "(Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/26.0 Safari/605.1.15", "Safari on macOS"},
		{mozilla + "(iPhone; CPU iPhone OS 18_6 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/26.0 Mobile/15E148 Safari/604.1", "Safari on iPhone"},
		{mozilla + "(iPhone; CPU iPhone OS 18_6 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) CriOS/141.0.7390.41 Mobile/15E148 Safari/604.1", "Chrome on iPhone"},
		{mozilla + "(Linux; Android 10; K) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/141.0.0.0 Mobile Safari/537.36", "Chrome on Android"},
		{mozilla + "(Linux; Android 10; K) AppleWebKit/537.36 (KHTML, like Gecko) SamsungBrowser/28.0 Chrome/130.0.0.0 Mobile Safari/537.36", "Samsung Internet on Android"},
		{mozilla + "(X11; CrOS x86_64 14541.0.0) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/141.0.0.0 Safari/537.36 OPR/122.0.0.0", "Opera on ChromeOS"},
		{mozilla + "(X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) HeadlessChrome/156.0.0.0 Safari/537.36", "Chrome on Linux"},
		{"curl/8.14.1", "curl"},
		{"w3m/0.5.3 (Linux)", "Unknown browser on Linux"},
		{"", "Unknown device"},
		{"<script>alert(1)</script>", "Unknown device"},
	} {
		if got := deviceName(c.agent); got != c.want {
			t.Errorf("%q is %q, want %q", c.agent, got, c.want)
		}
	}
}

// Whatever a client sends, nothing of it gets into the list.
func FuzzDeviceName(f *testing.F) {
	f.Add("Firefox/1 Windows")
	known := regexp.MustCompile(`^[A-Z]?[A-Za-z ]{3,40}$`)
	f.Fuzz(func(t *testing.T, agent string) {
		if got := deviceName(agent); !known.MatchString(got) {
			t.Errorf("%q is %q", agent, got)
		}
	})
}
