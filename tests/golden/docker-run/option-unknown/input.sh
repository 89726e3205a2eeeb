docker run --cap-ad X alpine
