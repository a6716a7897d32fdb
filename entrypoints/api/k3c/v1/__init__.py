"""Version 1 of the API: .proto files by noun, and what is generated from them."""
