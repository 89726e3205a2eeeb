docker run --cap-add CHOWN --cap-drop CHOWN alpine
