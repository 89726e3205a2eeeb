docker run --cap-add ALL --cap-drop CAP_SYS_ADMIN alpine
