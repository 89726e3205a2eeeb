docker run -e A -e B -e C=1 -e C=2 --env-file app.env alpine
