//go:build dev

package stack_test

import (
	"encoding/hex"
	"fmt"
	"strings"
	"testing"

	"github.com/surcoat/surcoat/middleware/cgitrace/internal/stack"
)

// The beginning of runtime.panicBounds, as Go 1.26 has it.
const (
	panicBoundsAMD64 = `
		55 4889e5 4881ec90000000
		4889442410 48894c2418 4889542420 48895c2428 48896c2438 4889742440 48897c2448
		4c89442450 4c894c2458 4c89542460 4c895c2468 4c89642470 4c896c2478 4c89bc2488000000
		4889e0 488b8098000000 488d5c2410`
	panicBoundsARM64 = `
		fe0f16f8 fd831ff8 fd2300d1
		e08701a9 e28f02a9 e49703a9 e69f04a9 e8a705a9 eaaf06a9 ecb707a9 eebf08a9
		e0031eaa e1630091`
)

func code(text string) []byte {
	b, err := hex.DecodeString(strings.Join(strings.Fields(text), ""))
	if err != nil {
		panic(err)
	}
	return b
}

func TestSaved(t *testing.T) {
	amd64 := "map[0:16 1:32 2:24 3:40 4:64 5:72 8:80 9:88 10:96 11:104 12:112 13:120 15:136]"
	arm64 := "map[0:24 1:32 2:40 3:48 4:56 5:64 6:72 7:80 8:88 9:96 10:104 11:112 12:120 13:128 14:136 15:144]"
	for _, c := range []struct {
		name string
		f    func([]byte) map[int]uint64
		code []byte
		want string
	}{
		{"amd64", stack.SavedAMD64, code(panicBoundsAMD64), amd64},
		{"arm64", stack.SavedARM64, code(panicBoundsARM64), arm64},
		{"amd64, a small frame", stack.SavedAMD64, code("55 4889e5 4883ec20 4889442410 90 90 90 90"), "map[0:16]"},
		{"amd64, no frame", stack.SavedAMD64, code("4889442410 90 90 90 90 90"), "map[]"},
		{"amd64, no frame pointer", stack.SavedAMD64, code("4883ec20 4889442410 90 90 90 90 90"), "map[]"},
		{"amd64, another base", stack.SavedAMD64, code("55 4889e5 4883ec20 4889452c 90 90 90 90 90 90"), "map[]"},
		{"amd64, no distance", stack.SavedAMD64, code("55 4889e5 4883ec20 48890424 90 90 90 90 90 90"), "map[]"},
		{"amd64, cut", stack.SavedAMD64, code("55 4889e5 4881ec90"), "map[]"},
		{"arm64, the frame pointer", stack.SavedARM64, code("fd7b01a9 e08701a9"), "map[]"},
		{"arm64, below the frame", stack.SavedARM64, code("e0073fa9"), "map[]"},
		{"arm64, cut", stack.SavedARM64, code("e08701"), "map[]"},
		{"nothing", stack.SavedAMD64, nil, "map[]"},
		{"nothing", stack.SavedARM64, nil, "map[]"},
	} {
		if got := fmt.Sprint(c.f(c.code)); got != c.want {
			t.Errorf("%s: %s\nwant %s", c.name, got, c.want)
		}
	}
}

func FuzzSaved(f *testing.F) {
	f.Add(code(panicBoundsAMD64))
	f.Add(code(panicBoundsARM64))
	f.Fuzz(func(t *testing.T, code []byte) {
		for _, saved := range []map[int]uint64{stack.SavedAMD64(code), stack.SavedARM64(code)} {
			for register := range saved {
				if register < 0 || register > 28 {
					t.Errorf("register %d", register)
				}
			}
		}
	})
}
