FROM node:20
WORKDIR /app
COPY . .
RUN npm install
RUN useradd appuser
USER appuser
CMD ["npm", "start"]
