//go:build dev && (amd64 || arm64)

package memory_test

import (
	"fmt"
	"os"
	"os/exec"
	"testing"
	"unsafe"

	"github.com/surcoat/surcoat/middleware/cgitrace/internal/memory"
	"github.com/surcoat/surcoat/middleware/cgitrace/internal/memory/memorytest"
)

const refuse = "MEMORY_TEST_REFUSE"

func TestMain(m *testing.M) {
	if os.Getenv(refuse) != "" {
		if err := memorytest.Refuse(); err != nil {
			fmt.Println("skipped:", err)
			os.Exit(3)
		}
		if _, answered := memory.ReadByKernel(uintptr(unsafe.Pointer(new(int))), make([]byte, 1)); answered {
			fmt.Println("the kernel reads all the same")
			os.Exit(1)
		}
	}
	os.Exit(m.Run())
}

// In a container whose seccomp filter refuses process_vm_readv all works as elsewhere.
func TestRefused(t *testing.T) {
	if os.Getenv(refuse) != "" {
		t.Skip("runs where the kernel is asked")
	}
	exe, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	again := exec.Command(exe, "-test.v")
	again.Env = append(os.Environ(), refuse+"=1")
	out, err := again.CombinedOutput()
	switch {
	case os.Getenv("CI") == "" && (again.ProcessState == nil || again.ProcessState.ExitCode() == 3):
		t.Skipf("NOT TESTED: no seccomp filter can be set here: %v\n%s", err, out)
	case err != nil:
		t.Errorf("%v\n%s", err, out)
	}
}
