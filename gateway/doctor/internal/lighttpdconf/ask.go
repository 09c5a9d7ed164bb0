package lighttpdconf

import "github.com/surcoat/surcoat/gateway/doctor/internal/serving"

func Ask(config, file string) (serving.Answer, error) { return serving.Answer{}, nil }
