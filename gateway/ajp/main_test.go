package ajp_test

import (
	"testing"

	"github.com/surcoat/surcoat/gateway/internal/servertest"
)

func TestMain(m *testing.M) { servertest.Main(m, 8) }
