docker run --cap-add=CHOWN --cap-drop=all alpine
