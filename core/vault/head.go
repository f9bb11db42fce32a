package vault

const headTag = 8
