docker run --cap-add NET_ADMN alpine
