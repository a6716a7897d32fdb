"""The API's services, by noun: each turns a call into a use case, and its answer into messages."""
