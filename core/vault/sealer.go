package vault

type Sealer struct{}

func (s *Sealer) end() {}
