"""Django settings, one module per place they are used in."""
