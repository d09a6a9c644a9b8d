"""The first configuration of the agent, made from what people have: for `config init`."""
