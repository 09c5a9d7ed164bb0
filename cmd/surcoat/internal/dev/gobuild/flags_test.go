package gobuild_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/surcoat/surcoat/cmd/surcoat/internal/dev/gobuild"
)

func TestParseFlags(t *testing.T) {
	for _, tt := range []struct {
		in   string
		want []string // nil: refused
	}{
		{"", []string{}},
		{" -v\t-race ", []string{"-v", "-race"}},
		{"-tags=a,b '-ldflags=-s -w' \"-gcflags=all=-N -l\"", []string{"-tags=a,b", "-ldflags=-s -w", "-gcflags=all=-N -l"}},
		{"-ldflags=it's", []string{"-ldflags=it's"}},
		{"'-x", nil},
		{"\"-x'", nil},
	} {
		got, err := gobuild.ParseFlags(tt.in)
		if (err != nil) != (tt.want == nil) || !slices.Equal(got, tt.want) {
			t.Errorf("%q: %q, %v", tt.in, got, err)
		}
	}
}

func TestValue(t *testing.T) {
	flags := gobuild.Flags{"-tags=a", "--tags=b", "-race", "-ldflags=-X a=b"}
	for _, tt := range []struct {
		name, want string
		found      bool
	}{{"tags", "b", true}, {"race", "", true}, {"ldflags", "-X a=b", true}, {"overlay", "", false}} {
		if got, found := flags.Value(tt.name); got != tt.want || found != tt.found {
			t.Errorf("%s: %q, %t", tt.name, got, found)
		}
	}
}

func TestOptions(t *testing.T) {
	for _, tt := range []struct {
		options gobuild.Options
		flags   gobuild.Flags
		want    string
	}{
		{gobuild.Options{}, nil, "-tags=dev"},
		{gobuild.Options{Tags: []string{"b", "dev"}}, gobuild.Flags{"-tags=a b,c"}, "-tags=dev,b,a,c"},
		{gobuild.Options{Race: true}, nil, "-tags=dev -race"},
	} {
		if got := strings.Join(tt.options.Flags(tt.flags), " "); got != tt.want {
			t.Errorf("%+v with %q: %s, want %s", tt.options, tt.flags, got, tt.want)
		}
	}
}

func FuzzParseFlags(f *testing.F) {
	for _, in := range []string{"", "-a -b", "'-a b' \"c\"", "'"} {
		f.Add(in)
	}
	f.Fuzz(func(t *testing.T, in string) {
		flags, err := gobuild.ParseFlags(in)
		for _, flag := range flags {
			if err == nil && !strings.Contains(in, flag) {
				t.Errorf("%q became %q", in, flags)
			}
		}
	})
}
