docker run --health-cmd "curl -f localhost" --health-interval 5s alpine
