"""Pods and containers over CRI, as a kubelet drives them."""
